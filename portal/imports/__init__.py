"""Bulk work from files: one mechanism for every upload (P11).

An app says in its ``importers.py`` what it takes (see ``registry.Importer``): columns, what a row would do,
and how a batch is written. All else is here: the file is read in bounded memory, checked in the
background, shown with an error for each row and column and with what would be made, changed or left,
then written all or nothing. The same file twice changes nothing.

``reading``    files as rows: CSV and XLSX, with limits against hostile ones
``registry``   importers and their columns
``engine``     checking and applying, in batches of ``BATCH`` rows
``services``   what people do: upload, check again, apply, discard
``progress``   how far it is, live
``files``      what is handed out: templates, and the rows with what is wrong in them
"""
