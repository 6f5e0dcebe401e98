"""Words that make a statement hard to test. Each is a pattern of our own, matched as whole words without regard to case."""

VAGUE = (
    r"appropriate(?:ly)?",
    r"adequate(?:ly)?",
    r"suitabl[ey]",
    r"fast(?:er)?",
    r"quick(?:ly|er)?",
    r"slow(?:ly)?",
    r"timely",
    r"eas(?:y|ily)",
    r"user-friendly",
    r"intuitive(?:ly)?",
    r"robust(?:ly)?",
    r"efficient(?:ly)?",
    r"flexibl[ey]",
    r"good",
    r"(?<!\bthe )better",
    r"best",
    r"nice(?:ly)?",
    r"helpful(?:ly)?",
    r"useful(?:ly)?",
    r"reasonabl[ey]",
    r"several",
    r"some",
    r"various",
    r"(?<!\bhow )many",
    r"state-of-the-art",
    r"seamless(?:ly)?",
    r"high[- ]quality",
    r"accurate(?:ly)?",
    r"relevant",
    r"natural(?! languages?\b)(?:-sounding|ly)?",
    r"sufficient(?:ly)?",
    r"smart(?:ly)?",
    r"properly",
    r"correctly handle",
    r"handle",
    r"optimal(?:ly)?",
    r"minimal",
    r"as (?:soon|little|few|much) as possible",
)
# At the start it is the ability itself; “the claims that the passages support” is plain English.
VAGUE_FIRST = (
    r"support",
    r"enable",
    r"allow",
    r"facilitate",
    r"help",
    r"deal with",
    r"ensure",
    r"try",
    r"be able",
)
ESCAPES = (
    r"(?:where|when|if|wherever|whenever) (?:it is )?possible",
    r"as far as (?:possible|practicable)",
    r"as (?:appropriate|needed|required|applicable)",
    r"(?:if|when|where) (?:necessary|needed|practical|appropriate|applicable|feasible)",
    r"to the (?:greatest )?extent (?:possible|practicable)",
    r"but not limited to",
    r"and/or",
    r"etc\.?",
    r"and so on",
    r"(?:normally|generally|usually|typically|ideally|preferably)",
    r"in most cases",
    r"tr(?:y|ies) to",
    r"attempts? to",
)
ABSOLUTES = (
    r"always",
    r"never",
    r"at all times",
    r"under (?:no|any|all) circumstances",
    r"without exception",
    r"in (?:all|every) cases?",
    r"in every situation",
    r"100\s?%",
    r"guarantee(?:s|d)?",
    r"perfectly",
    r"flawless(?:ly)?",
    r"error-free",
)
# What a model does. “give the review a sentiment and list three keywords” joins two of them.
ABILITIES = (
    "add|answer|ask|assign|be|call|choose|cite|classify|compare|confirm|continue|convert|correct|count|decide|decline|describe|detect|"
    "disclose|distinguish|end|estimate|explain|extract|fill|find|flag|follow|forecast|generate|give|identify|ignore|keep|label|leave|"
    "list|mark|mask|name|offer|open|order|play|point|predict|produce|propose|rank|read|recognise|recognize|recommend|refer|refuse|"
    "remove|repeat|reply|report|return|reveal|rewrite|say|segment|send|separate|show|sort|speak|start|state|stay|stop|suggest|"
    "summarise|summarize|switch|tell|track|transcribe|translate|turn|use|warn|write"
)
MODALS = (
    "shall",
    "must",
    "should",
    "will",
    "may",
    "can",
    "could",
    "would",
    "needs to",
    "has to",
    "have to",
    "is to",
    "are to",
)
DETERMINERS = "the|a|an|all|each|every|any|no|our|your|their|its|these|those|this|that|one|users?|people|customers?|it|they|there|we|you"
PARTICIPLES = (
    r"\w+ed|given|written|read|said|shown|known|made|done|kept|told|sent|spoken|chosen|taken|understood|built|found|held|heard|left|put|"
    r"set|seen|brought|dealt"
)
