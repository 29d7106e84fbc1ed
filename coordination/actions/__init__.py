"""What may be done with plans and referrals, each act once."""
