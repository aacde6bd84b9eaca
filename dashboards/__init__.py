"""The staff's screens in Streamlit: look up a customer, refund on the record, read the audit log.

A file here is never named like a library or a package of ours: Streamlit puts this folder first on the path.
"""
