from capabilities.admin import baselines, capabilities, criteria, products, requirements, reviews, verdicts

__all__ = ["baselines", "capabilities", "criteria", "products", "requirements", "reviews", "verdicts"]
