"""The model weights kept in the repository: where they are. What they are and their licences: `README.md` beside this."""

from pathlib import Path

_HERE = Path(__file__).parent

SILERO_VAD = _HERE / "silero_vad_16k_sequence.onnx"
MOONSHINE_ENCODER = _HERE / "moonshine-tiny" / "encoder_model.onnx"
MOONSHINE_DECODER = _HERE / "moonshine-tiny" / "decoder_model_merged.onnx"
MOONSHINE_TOKENIZER = _HERE / "moonshine-tiny" / "tokenizer.json"
YUNET = _HERE / "face_detection_yunet_2023mar.onnx"
MEDIAPIPE_FACE = _HERE / "face_detection_full_range_sparse.tflite"
CENTERFACE = _HERE / "centerface.onnx"
FACE_RECOGNITION = _HERE / "face_recognition_dlib_v1.onnx"
