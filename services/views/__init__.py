"""The pages of the staff's room, by noun."""
