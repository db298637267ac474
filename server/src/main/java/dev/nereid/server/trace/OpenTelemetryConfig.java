package dev.nereid.server.trace;

import java.util.Map;

/**
 * How traces are exported to an OpenTelemetry collector.
 *
 * @param url where OTLP over HTTP goes to, with its path
 * @param resource what is said of this server
 * @param mostWaiting spans that wait for their export; more are dropped
 * @param delayMillis between two exports, at least 1: with none the exporting thread never rests
 * @param mostInBatch spans in an export, at most as many as may wait
 */
public record OpenTelemetryConfig(
        String url, Map<String, String> resource, int mostWaiting, int delayMillis, int mostInBatch) {
    public OpenTelemetryConfig {
        resource = Map.copyOf(resource);
    }
}
