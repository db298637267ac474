package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** One instance of a request, as a handler gets it: an item of a Python handler's {@code data}. */
sealed interface Row {
    /** Bytes as they came. */
    @SuppressWarnings("ArrayRecordComponent")
    record Bytes(byte[] bytes) implements Row {}

    record Text(String text) implements Row {}

    /**
     * Nested lists, or a number.
     *
     * @param shape what they mean where they are flat; empty for the shape that they have
     */
    record Numbers(JsonValue value, Optional<Shape> shape) implements Row {}

    /** What a request's part is for a handler: JSON is parsed and text decoded if they can be, as TorchServe does. */
    static Row of(RequestPart part, RequestBudget.Share share) {
        byte[] bytes = part.bytes();
        if (part.contentType().startsWith("application/json")) {
            try {
                return of(JsonValue.parse(bytes, 0, bytes.length, share));
            } catch (InferException e) {
                return new Bytes(bytes);
            }
        }
        if (part.contentType().startsWith("text")) {
            try {
                return new Text(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString());
            } catch (CharacterCodingException e) {
                return new Bytes(bytes);
            }
        }
        return new Bytes(bytes);
    }

    /** What an instance is: {@code {"b64": ...}} is bytes, of other objects the member {@code data} or {@code body} counts. */
    static Row of(JsonValue value) {
        if (!value.isObject() || isEncoded(value)) {
            return content(value);
        }
        return content(value.find("data")
                .or(() -> value.find("body"))
                .orElseThrow(() -> InferException.invalid(
                        "expected an instance with the member 'data', 'body' or 'b64', got an object without them")));
    }

    private static Row content(JsonValue value) {
        if (value.isString()) {
            return new Text(value.asString());
        }
        if (isEncoded(value)) {
            return new Bytes(base64(value.member("b64").asString()));
        }
        if (value.isObject()) {
            throw InferException.invalid("expected a text or numbers in an instance, got an object");
        }
        return new Numbers(value, Optional.empty());
    }

    private static boolean isEncoded(JsonValue value) {
        return value.memberCount() == 1
                && value.find("b64").filter(JsonValue::isString).isPresent();
    }

    /** Decodes base64 as Python does, passing over what is no letter of it. */
    static byte[] base64(String text) {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "expected base64, got a text that is none: " + e.getMessage(), e);
        }
    }
}
