"""``digest doctor``: whether everything is there that an edition needs, and how to mend it.

Facts are collected at the edge, by small functions that each ask one thing; what they mean is
decided by pure ones. Each check stands alone: one that fails keeps no other from its answer.
"""
