"""Entropies and sparsity of attention."""

from entropylab.estimators.attention.entropy import attention_ball_entropy as attention_ball_entropy
from entropylab.estimators.attention.entropy import attention_entropy as attention_entropy
from entropylab.estimators.attention.entropy import attention_entropy_from_qk as attention_entropy_from_qk
from entropylab.estimators.attention.maps import attention_rollout as attention_rollout
from entropylab.estimators.attention.maps import entmax15 as entmax15
from entropylab.estimators.attention.maps import mask_iou as mask_iou
from entropylab.estimators.attention.maps import sparsemax as sparsemax
from entropylab.estimators.attention.maps import sparsity as sparsity
from entropylab.estimators.attention.maps import threshold_rows as threshold_rows
from entropylab.estimators.attention.maps import top_k as top_k
from entropylab.estimators.attention.penalty import row_entropy_penalty as row_entropy_penalty
