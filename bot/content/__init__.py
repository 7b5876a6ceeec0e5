"""What the bot says and knows, as data (flows, responses, safety rules, clinic facts), and its strict loaders."""
