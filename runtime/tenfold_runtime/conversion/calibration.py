"""Sentences that graphs are compared on: short and long, plain and odd, written for this purpose."""

SENTENCES = (
    "The kettle has been on the stove since seven, and nobody remembered to fill it.",
    "Our train left platform four two minutes early.",
    "I would buy this lamp again without thinking twice.",
    "The waiter forgot our order and then argued about the bill.",
    "Quarterly revenue rose by 4.2% to 118 million euros.",
    "Please restart the router, wait thirty seconds, and try again.",
    "She was born in Trondheim in 1967 and studied chemistry in Lyon.",
    "Why does the moon look larger near the horizon?",
    "A cat sits on the mat.",
    "No.",
    "def add(a, b): return a + b",
    "The patient reported mild headaches after the second dose, but no fever.",
    "It rained all week; the river is now higher than it has been in ten years, the mayor said on Friday.",
    "The film is slow, the plot is thin, and yet I could not look away.",
    "Contact Anna Lindqvist at the Stockholm office before the end of March.",
    "Dinner at nine? I'll bring the wine :)",
    "The committee, which had not met since the spring, agreed on everything except the budget, the "
    "schedule, the venue and the name of the prize, and adjourned until further notice.",
    "Flour, butter, three eggs and a pinch of salt are all you need for this cake.",
    "Two black holes merged 1.3 billion light years away; the ripple moved a mirror less than an atom.",
    "He sold the house, the boat and the vineyard, and kept the dog.",
)
