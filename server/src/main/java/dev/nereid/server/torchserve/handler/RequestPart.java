package dev.nereid.server.torchserve.handler;

import java.util.Objects;

/**
 * A part of a request by its name: of a form, or the body as a whole.
 *
 * @param bytes not copied
 * @param contentType empty where the client gave none
 */
@SuppressWarnings("ArrayRecordComponent")
public record RequestPart(byte[] bytes, String contentType) {
    public RequestPart {
        Objects.requireNonNull(bytes, "bytes");
        Objects.requireNonNull(contentType, "contentType");
    }
}
