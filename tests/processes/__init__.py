"""What test_processes.py runs beside the portal's own processes."""
