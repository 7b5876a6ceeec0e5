"""The staff inbox: sign-in, the list of cases, a conversation, and what staff may do with it."""
