"""Quantiles and the one slack, shared by all methods."""

from scipy import special

SLACK = 1e-12


def normal_quantile(probability: float) -> float:
    return float(special.ndtri(probability))


def student_quantile(probability: float, df: int) -> float:
    return float(special.stdtrit(df, probability))


def two_sided_normal(confidence: float) -> float:
    """z such that mean ± z·SE has this two-sided confidence."""
    return normal_quantile(0.5 + confidence / 2)


def two_sided_student(confidence: float, df: int) -> float:
    """t such that mean ± t·SE has this two-sided confidence, df ≥ 1."""
    return student_quantile(0.5 + confidence / 2, df)


def constant_width(confidence: float, clusters: int) -> float:
    """u = 1 − (α/2)^(1/G): share of unlike clusters that G like ones cannot rule out."""
    return float(1.0 - ((1.0 - confidence) / 2) ** (1.0 / clusters))
