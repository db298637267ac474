package dev.nereid.server.torchserve;

import dev.nereid.server.http.ErrorFormat;
import dev.nereid.server.protocol.InferException;

/** How TorchServe answers errors over HTTP: an object with code, type and message. */
public final class TorchServeErrors implements ErrorFormat {
    private static final int FORBIDDEN = 403;

    @Override
    public int status(InferException error) {
        return TorchServeException.of(error).kind().status();
    }

    @Override
    public byte[] document(InferException error) {
        return TorchServeException.of(error).document();
    }

    @Override
    public byte[] document(int status, String text) {
        for (TorchServeException.Kind kind : TorchServeException.Kind.values()) {
            if (kind.status() == status && kind != TorchServeException.Kind.DEFAULT_VERSION) {
                return TorchServeException.document(status, kind.type(), text);
            }
        }
        return TorchServeException.document(
                status, status == FORBIDDEN ? "IllegalArgumentException" : "BadRequestException", text);
    }
}
