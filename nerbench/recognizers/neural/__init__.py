"""Neural checkpoints: token classifiers by torch or ONNX Runtime, GLiNER, Flair."""
