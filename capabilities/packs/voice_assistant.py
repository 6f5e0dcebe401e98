from capabilities.packs.measures import ahead, at_most, every_time, no_worse, right, within_time
from capabilities.packs.types import Example, Pack, Template

WORD_ERRORS = "Word error rate"

PACK = Pack(
    "voice-assistant",
    "Voice assistant",
    "From the wake word to the spoken answer: heard right, understood right, silent when nobody asks.",
    (
        Template(
            "voice-words-in-noise",
            "asr",
            "Understands commands in noise",
            "transcribe the words of the command",
            "People speak while they drive, cook and walk; a command that must be repeated is not given a third time.",
            (at_most(0.1, WORD_ERRORS, statistic="ratio"), no_worse(0.01, WORD_ERRORS, must=False)),
            (("while_part", "the voice is 5 to 15 dB louder than what is around it"),),
            "Several people who speak at once.",
            (
                Example(
                    "“Call Jörg on his mobile” at 60 km/h with a window open",
                    "call Jörg on his mobile",
                    "call York on his mobile",
                ),
            ),
            ("voice", "noise"),
            "parity",
        ),
        Template(
            "voice-intent",
            "system",
            "Knows what the speaker wants",
            "name the intent of the command, with each value it needs",
            "A misread intent does something nobody asked for, which is worse than doing nothing.",
            (right(0.92, "Intent and values right"), ahead(0.02, "Intent and values right", must=False)),
            (("when_part", "a command in one of the supported languages is heard"),),
            "Commands for features the product does not have.",
            (
                Example(
                    "“Wake me half an hour before sunrise”",
                    "set_alarm(at=sunrise − 30 min)",
                    "set_alarm(at=00:30)",
                ),
            ),
            ("voice", "intent"),
            "lead",
        ),
        Template(
            "voice-false-wake",
            "asr",
            "Stays silent unless it is spoken to",
            "stay silent",
            "One answer out of nowhere in a conversation at dinner, and the device is unplugged.",
            (at_most(0.01, "Hours with a false start"), every_time(3, "Stays silent", "choice")),
            (("while_part", "nobody has said the wake word"),),
            "Words that a user added as a wake word of their own.",
            (
                Example(
                    "A film in which somebody says “Maria, come here”", "(silence)", "“Yes, how can I help?”"
                ),
            ),
            ("voice", "interruption"),
        ),
        Template(
            "voice-speaks-names",
            "tts",
            "Speaks names as people there do",
            "speak street and personal names as the lexicon of the region writes them",
            "A driver does not recognise a wrongly spoken street name and misses the turn.",
            (
                right(0.95, "Names spoken right", "external"),
                no_worse(0.02, "Names spoken right", "external", must=False),
            ),
            (("when_part", "a sentence holds a street name or a personal name"),),
            "Names that the lexicon does not have.",
            (Example("Turn into Loughborough Road", "LUFF-bruh", "LOUGH-bo-ROUGH"),),
            ("voice", "names"),
            "parity",
            "should",
        ),
        Template(
            "voice-answers-in-time",
            "system",
            "Begins to answer before the speaker wonders",
            "begin to speak within 800 ms of the end of the command",
            "After about a second people repeat the command, and both are heard.",
            (within_time(0.9, 800, must=True),),
            (("when_part", "a command ends"),),
            "Answers that need another service over the network.",
            (Example("“What time is it?”", "starts after 0.5 s", "starts after 2 s"),),
            ("voice", "latency"),
            "parity",
        ),
    ),
)
