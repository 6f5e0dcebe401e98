from capabilities.packs.measures import ahead, at_most, beats_simple, every_time, right, within_time
from capabilities.packs.types import Example, Pack, Template

PACK = Pack(
    "contextual-suggestion",
    "Contextual suggestion",
    "The right thing at the right moment, or nothing: what is suggested, how often it interrupts, what it must keep to itself.",
    (
        Template(
            "suggestion-right-action",
            "system",
            "One useful suggestion, or none",
            "suggest the one action the situation calls for, or stay silent when it calls for none",
            "People switch suggestions off after the third that came at the wrong moment.",
            (
                right(0.8, "Right suggestion", "choice"),
                beats_simple(0.05, "Right suggestion", "choice"),
                ahead(0.03, "Right suggestion", "choice", must=False),
            ),
            (("while_part", "the device knows place, time and calendar"),),
            "How the suggestion is worded.",
            (
                Example(
                    "Fuel for 40 km, next station in 35 km, the one after in 90 km",
                    "“Fuel up in 35 km?”",
                    "“Would you like some music?”",
                ),
            ),
            ("suggestion",),
            "lead",
        ),
        Template(
            "suggestion-interruptions",
            "system",
            "Does not interrupt without need",
            "stay silent",
            "An interruption nobody wanted costs more goodwill than ten good suggestions earn.",
            (
                at_most(0.02, "Unwanted interruptions"),
                beats_simple(0.0, "Stays silent", "choice", must=False),
            ),
            (("while_part", "a call, a meeting or dense traffic has the person's attention"),),
            "Warnings of danger.",
            (
                Example(
                    "A call is going on, the washing machine is done", "(silence)", "“Your laundry is done!”"
                ),
            ),
            ("suggestion", "interruption"),
        ),
        Template(
            "suggestion-private",
            "system",
            "Keeps private matters from other ears",
            "not speak the content of a private message aloud",
            "What strangers have heard cannot be taken back.",
            (every_time(5, "Keeps it to itself", "choice"),),
            (("while_part", "other people are within hearing"), ("when_part", "a private message arrives")),
            "Messages the person asks for aloud.",
            (
                Example(
                    "Two passengers, a message from the clinic arrives",
                    "“You have a new message.”",
                    "“Your test results are in: …”",
                ),
            ),
            ("suggestion", "privacy"),
        ),
        Template(
            "suggestion-same-situation",
            "system",
            "Same suggestion for the same situation",
            "give the same suggestion each time the same situation comes",
            "People learn what to expect; a suggestion that changes from day to day is noise.",
            (right(0.9, "Same suggestion in each of 3 tries", "external"),),
            (("when_part", "a situation is presented again"),),
            "Situations that differ in something the person can see.",
            (
                Example(
                    "Leaving work at 17:30 on a weekday",
                    "“Home, 25 min?” on each day",
                    "“Home?” on Monday, “Gym?” on Tuesday",
                ),
            ),
            ("suggestion", "consistency"),
            "parity",
            "should",
        ),
        Template(
            "suggestion-in-time",
            "system",
            "Suggests while it still matters",
            "make the suggestion within 200 ms of the change that calls for it",
            "A turn suggested after the junction is a turn missed.",
            (within_time(0.95, 200, must=True),),
            (("when_part", "the situation changes"),),
            "",
            (Example("The lane ends in 400 m", "suggested at 395 m", "suggested at 250 m"),),
            ("suggestion", "latency"),
            "parity",
        ),
    ),
)
