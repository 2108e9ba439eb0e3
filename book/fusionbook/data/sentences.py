"""What simulated applicants write and ask. Each list is one meaning; the words within it are drawn evenly."""

PURPOSE = [
    "I need the loan for a used car.",
    "We want to repair the roof before winter.",
    "It is for my daughter's school.",
    "I would like to pay off another card.",
    "We are getting married in spring.",
    "I want to open a small shop.",
]

CAPACITY = [
    ["We just get by.", "There is little left at the end of the month."],
    ["Money is tight but it works.", "I can save a little now and then."],
    ["I manage well enough.", "My budget is balanced."],
    ["I put something aside every month.", "I have some savings."],
    ["I earn well and have good savings.", "I could pay this off early."],
]

CLAIM = {
    +1: [
        "I am paid the same salary every month.",
        "I have a permanent contract and a fixed wage.",
        "My employer pays me on the first of each month.",
        "I work regular office hours.",
    ],
    -1: [
        "I am freelance and my income changes.",
        "I drive at night and am paid by the job.",
        "I work shifts that change from week to week.",
        "I live from one project to the next.",
    ],
}

CHAT = [
    [
        "How do I change my address?",
        "Where can I download my statement?",
        "Is there an app for my phone?",
        "Can I add a second account holder?",
    ],
    [
        "Can I pay this month's rate a week later?",
        "What happens if a payment does not go through?",
    ],
]
