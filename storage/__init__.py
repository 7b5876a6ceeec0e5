"""Domain objects to encrypted rows and back. Knows nothing of understanding, rendering or channels."""
