"""Who may do what when: leases."""
