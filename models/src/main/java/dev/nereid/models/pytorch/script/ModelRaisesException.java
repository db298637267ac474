package dev.nereid.models.pytorch.script;

/** The model's own code raises an exception: what it was given, or was made of, does not suit it. */
final class ModelRaisesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelRaisesException(String message) {
        super(message);
    }
}
