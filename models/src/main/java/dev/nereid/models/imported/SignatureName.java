package dev.nereid.models.imported;

import java.util.Objects;

/**
 * One of the ways to call a model whose file has several, such as a SavedModel.
 *
 * @param method what kind of call the file says it is, such as {@code tensorflow/serving/predict}; may be empty
 */
public record SignatureName(String name, String method) {
    public SignatureName {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(method, "method");
    }
}
