"""The models that the study of attention trains."""
