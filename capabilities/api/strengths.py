"""Suggested strengths as the API shows and takes them."""

from rest_framework import serializers

from capabilities.api.owned import OwnedReference
from capabilities.queries.references import find_product
from capabilities.queries.strength_words import Candidate, Strengths
from config.api.bodies import Body


class StrengthQuery(Body):
    product = OwnedReference(find_product, "product", help_text="Key, e.g. VA.")


class StrengthBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key, e.g. VA.")
    run = serializers.IntegerField(help_text="Of the candidate.")
    slice = serializers.CharField(
        max_length=210, required=False, allow_blank=True, default="", help_text="Of the candidate."
    )
    title = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        default="",
        help_text="In your words; else it is named for what it beats.",
    )


class CandidateSerializer(serializers.Serializer[Candidate]):
    version = serializers.CharField(source="label")
    run = serializers.IntegerField(source="run.pk")
    evaluation = serializers.CharField(source="run.evaluation_version")
    scorer = serializers.CharField()
    slice = serializers.CharField(source="part", help_text="Such as lang=de; empty for all cases.")
    against = serializers.SerializerMethodField(
        help_text="Versions it beats, the one that came closest first; empty where an expectation is beaten."
    )
    expected = serializers.CharField(help_text="The range that was expected, in words; else empty.")
    point = serializers.FloatField(
        help_text="Ours − the closest rival's; the value found where an expectation is beaten."
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    unit = serializers.CharField()
    n = serializers.IntegerField()
    p = serializers.FloatField(help_text="By itself, of no strength at all.")
    recorded = serializers.CharField(help_text="Key of the discovery recorded from it, or empty.")

    def get_against(self, candidate: Candidate) -> list[str]:
        return [one.model_version.label for one in candidate.against]


class StrengthsSerializer(serializers.Serializer[Strengths]):
    candidates = CandidateSerializer(many=True)
    looked_at = serializers.IntegerField(
        help_text="Slices and expectations tested, corrected for each other."
    )
    untested = serializers.IntegerField(help_text="With too few cases, or too much missing.")
    why_none = serializers.CharField(help_text="Why there is no candidate; empty where there is one.")
    sentence = serializers.CharField()
