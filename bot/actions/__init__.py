"""What an `action` step of a flow calls. Each decides on what the turn has read and returns what to write and say."""
