"""Forms of certificates."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.certificates.api import MOST_UPLOAD


class LookUpForm(forms.Form):
    """Anyone has a number before them, or the long sign beside the QR code."""

    key = forms.CharField(
        label=gettext_lazy("Number of the certificate"),
        max_length=64,
        help_text=gettext_lazy("As it stands on the paper, such as 2026-7K3M-9QXA."),
    )


class VerifyFileForm(forms.Form):
    """Anyone has a PDF and asks whether it is the one that was issued."""

    file = forms.FileField(
        label=gettext_lazy("PDF of the certificate"),
        help_text=gettext_lazy("It is compared byte for byte, and not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )

    def clean_file(self) -> UploadedFile:
        """At most 10 MB."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_UPLOAD:
            raise forms.ValidationError(_("The file may have at most 10 MB."))
        return file
