"""Two templates for each kind of model."""

from capabilities.packs.measures import ahead, at_most, beats_simple, every_time, no_worse, right, within_time
from capabilities.packs.types import Example, Measure, Pack, Template

LLM = Pack(
    "llm",
    "Language model",
    "Text in, text out.",
    (
        Template(
            "llm-follows-instruction",
            "llm",
            "Follows an instruction to the letter",
            "give the answer in exactly the form the instruction asks for",
            "Programs and people build on the form; each exception needs a person to notice it.",
            (
                right(0.95, "Form as asked for", "pattern"),
                ahead(0.02, "Form as asked for", "pattern", must=False),
            ),
            (("when_part", "an instruction names length, language and layout"),),
            "Whether the content is right.",
            (
                Example(
                    "Name three rivers, one a line, nothing else.",
                    "Rhine\nElbe\nOder",
                    "Here are three rivers: Rhine, Elbe, Oder.",
                ),
            ),
            ("instructions",),
            "parity",
        ),
        Template(
            "llm-summary-keeps-facts",
            "llm",
            "Summaries keep the facts",
            "repeat each number and name of the source in the summary without a change",
            "Decisions are taken on the summary alone; nobody goes back to the source.",
            (
                right(0.97, "Facts unchanged", "external"),
                beats_simple(0.02, "Facts unchanged", "external", must=False),
            ),
            (("when_part", "a text of up to ten pages is to be summarised"),),
            "Which facts are left out.",
            (
                Example(
                    "“Sales rose by 4.8 % to 12.3 million.”",
                    "Sales: 12.3 million, up 4.8 %.",
                    "Sales rose by almost 5 % to 13 million.",
                ),
            ),
            ("summary",),
        ),
    ),
)
LMM = Pack(
    "lmm",
    "Multimodal model",
    "Pictures, sound and text together.",
    (
        Template(
            "lmm-reads-document-photo",
            "lmm",
            "Reads a photographed document",
            "give the value of the field that is asked for, as it is printed",
            "People hold a phone at an angle in bad light; a scan is not what arrives.",
            (right(0.93, "Value right"), no_worse(0.02, "Value right", must=False)),
            (("when_part", "a photograph of a document and a question about one field arrive"),),
            "Handwriting.",
            (Example("Photo of a creased receipt: total?", "24.90", "24.00"),),
            ("documents",),
            "parity",
        ),
        Template(
            "lmm-absent-object",
            "lmm",
            "Does not see what is not there",
            "say that the picture does not show the thing that is asked about",
            "A described object that is not there makes every other description worthless.",
            (
                at_most(0.03, "Things seen that are not there"),
                every_time(3, "Says it is not there", "choice"),
            ),
            (("if_part", "the question is about something the picture does not show"),),
            "",
            (
                Example(
                    "A kitchen without a dog: what colour is the dog?",
                    "There is no dog in the picture.",
                    "The dog is brown.",
                ),
            ),
            ("honesty", "vision"),
        ),
    ),
)
LWM = Pack(
    "lwm",
    "World model",
    "What happens next.",
    (
        Template(
            "lwm-predicts-motion",
            "lwm",
            "Knows where things will be",
            "predict the place of each moving object one second later, to within half its own width",
            "A planner that trusts a wrong place brakes too late.",
            (
                right(0.9, "Place within half a width", "external"),
                beats_simple(0.05, "Place within half a width", "external"),
            ),
            (("while_part", "up to ten objects move in view"),),
            "Objects that are hidden.",
            (Example("A ball rolls at 2 m/s to the left", "2 m further left", "where it was"),),
            ("prediction",),
            "lead",
        ),
        Template(
            "lwm-keeps-physics",
            "lwm",
            "Keeps what cannot change",
            "keep the number of objects the same over a rollout of ten seconds",
            "A world in which cups vanish teaches a robot nothing that holds.",
            (
                right(0.95, "Same number of objects", "numeric"),
                no_worse(0.02, "Same number of objects", "numeric", must=False),
            ),
            (("while_part", "nothing enters or leaves the scene"),),
            "Objects that break.",
            (
                Example(
                    "Three cups on a table", "three cups after ten seconds", "two cups after four seconds"
                ),
            ),
            ("prediction", "consistency"),
            "parity",
        ),
    ),
)
ASR = Pack(
    "asr",
    "Speech recognition",
    "Speech in, text out.",
    (
        Template(
            "asr-word-errors",
            "asr",
            "Writes down what was said",
            "transcribe the words of the utterance",
            "Each wrong word is corrected by hand or, worse, acted upon.",
            (
                at_most(0.08, "Word error rate", statistic="ratio"),
                no_worse(0.005, "Word error rate", must=False),
            ),
            (("when_part", "a native speaker talks at a normal pace"),),
            "Punctuation.",
            (
                Example(
                    "“We meet at a quarter to nine”",
                    "we meet at a quarter to nine",
                    "we meet at a quarter past nine",
                ),
            ),
            ("transcription",),
            "parity",
        ),
        Template(
            "asr-names",
            "asr",
            "Gets names right",
            "write each name of the contact list as it stands there",
            "A wrong name calls the wrong person.",
            (right(0.9, "Names right", "includes"), ahead(0.02, "Names right", "includes", must=False)),
            (("when_part", "an utterance holds a name of the contact list"),),
            "Names that two contacts share.",
            (Example("“Call Siobhán”", "call Siobhán", "call Shavon"),),
            ("transcription", "names"),
            "lead",
        ),
    ),
)
TTS = Pack(
    "tts",
    "Speech generation",
    "Text in, speech out.",
    (
        Template(
            "tts-intelligible",
            "tts",
            "Is understood at first hearing",
            "speak the sentence so that a listener writes down the same words",
            "A sentence that must be repeated is slower than reading.",
            (
                at_most(0.03, "Words heard wrong", statistic="ratio"),
                no_worse(0.005, "Words heard wrong", must=False),
            ),
            (("while_part", "the listener is in a moving car"),),
            "Whether the voice is liked.",
            (Example("“Exit 13, not 30”", "heard as: exit 13, not 30", "heard as: exit 30, not 30"),),
            ("speech",),
            "parity",
        ),
        Template(
            "tts-numbers",
            "tts",
            "Reads numbers as people say them",
            "speak dates, times and amounts of money as people of the region say them",
            "“Two thousand twenty-four point one” for a date makes everything after it sound wrong.",
            (
                right(0.97, "Read as people say it", "external"),
                every_time(3, "Read as people say it", "external"),
            ),
            (("when_part", "a text holds dates, times or amounts"),),
            "",
            (
                Example(
                    "3/4/2026, read in London",
                    "the third of April twenty twenty-six",
                    "March fourth, two thousand and twenty-six",
                ),
            ),
            ("speech", "numbers"),
        ),
    ),
)
ML = Pack(
    "ml",
    "Classical or deep model",
    "Features in, a class or a number out.",
    (
        Template(
            "ml-class",
            "ml",
            "Puts each case in the right class",
            "name the class of the case",
            "Whatever comes after takes the class as given.",
            (right(0.9, "Right class"), beats_simple(0.05, "Right class")),
            (("when_part", "a case arrives"),),
            "Cases that belong to no class.",
            (Example("“My card was charged twice”", "billing", "technical"),),
            ("classification",),
        ),
        Template(
            "ml-estimate",
            "ml",
            "Estimates close enough to plan with",
            "estimate the value to within 15 % of what was measured later",
            "Beyond that the plan is made again by hand.",
            (right(0.85, "Within 15 %", "numeric"), beats_simple(0.05, "Within 15 %", "numeric")),
            (("when_part", "the features of a case are known"),),
            "Days with an event that the features do not know.",
            (Example("A Tuesday in March", "412 (measured: 430)", "612 (measured: 430)"),),
            ("estimate",),
            "lead",
        ),
    ),
)
RULES = Pack(
    "rules",
    "Rule set",
    "For each condition an action.",
    (
        Template(
            "rules-action",
            "rules",
            "Does what the rule says",
            "take the action that the decision table names",
            "A rule people know is kept, or nobody relies on any of them.",
            (right(0.99, "Action of the table", "choice"), every_time(1, "Action of the table", "choice")),
            (("when_part", "the conditions of a row of the decision table hold"),),
            "Conditions that no row names.",
            (Example("Rain, window open, parked", "close the window", "do nothing"),),
            ("rules",),
        ),
        Template(
            "rules-in-time",
            "rules",
            "Acts at once",
            "take the action within 50 ms of the change",
            "A rule that is late reads as a rule that failed.",
            (within_time(0.99, 50, must=True),),
            (("when_part", "a condition changes"),),
            "",
            (Example("The tunnel begins", "lights on after 20 ms", "lights on after 2 s"),),
            ("rules", "latency"),
            "parity",
            "should",
        ),
    ),
)
SYSTEM = Pack(
    "system",
    "Whole system",
    "The application as people meet it.",
    (
        Template(
            "system-finishes-task",
            "system",
            "Finishes the task",
            "bring the task to the state that the person asked for",
            "Nine steps out of ten leave the person with the work and the doubt.",
            (
                right(0.8, "Task finished", "external"),
                ahead(0.03, "Task finished", "external", must=False),
                Measure(
                    "Cost of one task",
                    "cost",
                    "at most 0.10",
                    "cost",
                    threshold=0.1,
                    lower=True,
                    unit="currency",
                    must=False,
                ),
            ),
            (("when_part", "a task of the agreed list is given"),),
            "Tasks that need a payment.",
            (
                Example(
                    "Move my 10 o'clock to Thursday",
                    "moved, the two guests are told",
                    "a new appointment on Thursday, the old one still there",
                ),
            ),
            ("tasks",),
            "lead",
        ),
        Template(
            "system-asks-back",
            "system",
            "Asks when it cannot know",
            "ask one question that settles what is meant",
            "A guess that is wrong costs more than the question.",
            (
                right(0.85, "Asks where it must", "choice"),
                at_most(0.1, "Asks although it is clear", must=False),
            ),
            (("if_part", "a request can be read in two ways that lead to different actions"),),
            "",
            (
                Example(
                    "“Call Alex” with two contacts named Alex",
                    "Alex Berg or Alex Stone?",
                    "Calling Alex Berg …",
                ),
            ),
            ("dialogue",),
            "parity",
        ),
    ),
)
PACKS = (LLM, LMM, LWM, ASR, TTS, ML, RULES, SYSTEM)
