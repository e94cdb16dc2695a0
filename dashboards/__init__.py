"""What people see: Streamlit pages on the published mart alone. Nothing of ours is imported here, and no key is read."""
