"""The demo's own pages: who to be, the phone texts arrive on, the clock. Never registered outside --demo."""
