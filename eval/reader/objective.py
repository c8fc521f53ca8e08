"""What a reader is trained for: the right passage above its rivals, the right sentences above all others, near misses
refused."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from eval.reader.data import ReaderQuestion
from kb.reader_model import Logits


def loss(read: Logits, question: ReaderQuestion) -> Any:
    """Return the loss of one question, read beside its own passage (first) and others that do not answer.

    The sum of up to four parts: cross-entropy over the passages and over the sentences of all passages (of several
    right sentences the sum of their shares counts, so that one is enough), and binary cross-entropy of the passages
    (all others weigh as much as the own one) and of the sentences of the own passage. Where the own passage does not
    answer only the last two are there.
    """
    device = read.passages.device
    right = torch.zeros(len(read.sentences[0]), device=device)
    right[list(question.sentences)] = 1.0
    answers = torch.zeros(len(read.passages), device=device)
    answers[0] = float(question.answerable)
    judged = functional.binary_cross_entropy_with_logits(read.passages, answers, reduction="none")
    total = judged[0] + functional.binary_cross_entropy_with_logits(read.sentences[0], right)
    if len(judged) > 1:
        total = total + judged[1:].mean() - torch.log_softmax(read.passages, 0)[0]
    if question.answerable:
        shares = torch.log_softmax(torch.cat(list(read.sentences)), 0)
        total = total - torch.logsumexp(shares[list(question.sentences)], 0)
    return total
