"""What the reference attacks leave right: fra31/auto-attack with its own settings, and torchattacks' projected gradient descent."""
import torch
import torchattacks
from autoattack import AutoAttack

# How often each is run. FAB's single run begins at the sample and draws nothing.
SEEDS = {"pgd": 5, "pair": 5, "fab": 2, "square": 4, "standard": 2}


class Watched(torch.nn.Module):
    """A network that remembers which samples it ever got wrong."""

    def __init__(self, model, y):
        super().__init__()
        self.model, self.y, self.wrong = model, y, torch.zeros(len(y), dtype=torch.bool)
        self.place = torch.nn.Parameter(torch.zeros(()))  # torchattacks asks the first parameter where the network is

    def forward(self, x):
        logits = self.model(x)
        self.wrong |= logits.argmax(1) != self.y
        return logits


def pgd(model, x, y, norm, radius, seed):
    """Samples that are got wrong at any step: 40 of a quarter of the radius, from a random start."""
    torch.manual_seed(seed)
    watched = Watched(model, y)
    attack = {"Linf": torchattacks.PGD, "L2": torchattacks.PGDL2}[norm](watched, eps=radius, alpha=radius / 4, steps=40)
    watched(attack(x, y))
    return watched.wrong


def standard(model, x, y, norm, radius, seed, name):
    """Samples that one attack of AutoAttack breaks, with the settings of the standard version.

    Square's windows may lie anywhere, as the paper has it; the code's never touch the last row and column.
    """
    attack = AutoAttack(model, norm=norm, eps=radius, seed=seed, verbose=False, device="cpu")
    attack.square.random_int = lambda low, high: (low + (high - low + 1) * torch.rand(1)).long()
    attack.attacks_to_run = [name]
    return attack.run_standard_evaluation(x, y, return_labels=True)[1] != y


def left(model, x, y, names, norm, radius, seed):
    """Accuracies without attack and after each, one after the other, each on what is still right."""
    with torch.no_grad():
        right = model(x).argmax(1) == y
    parts = [float(right.double().mean())]
    for name in names:
        rest = right.nonzero().flatten()
        if len(rest):
            own = (model, x[rest], y[rest], norm, radius, seed)
            right[rest[pgd(*own) if name == "pgd" else standard(*own, name)]] = False
        parts.append(float(right.double().mean()))
    return parts
