"""From frozen facts to a PDF (C2, C3, C5, C7): ``sources`` checks and fills a template, ``engine`` is the
one door to WeasyPrint, ``fonts`` knows what this machine can write, ``codes`` draws QR codes, ``batch``
makes many certificates at once."""
