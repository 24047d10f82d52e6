"""Backup and restore (O4): the database and all uploaded files in one archive that proves itself.

``operations`` has the two, ``archive`` the file's form, ``database`` and ``files`` what goes in and out.
"""
