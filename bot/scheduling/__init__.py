"""What wakes the program: APScheduler, and nothing of it elsewhere. What is due stands in our tables."""
