"""Asking about revocation: who is asked in which order, how often, and what is remembered of the answers.

`connectors/jlis` fetches, `idp/jpki` judges; here is the conversation between the two.
"""
