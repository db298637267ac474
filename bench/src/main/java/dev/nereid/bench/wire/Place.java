package dev.nereid.bench.wire;

import java.util.Map;

/**
 * A server on this machine.
 *
 * @param pid of its process
 * @param places host and port of each protocol that it serves
 */
record Place(long pid, Map<WirePayload.Protocol, String> places) {
    Place {
        places = Map.copyOf(places);
    }

    boolean serves(WirePayload.Protocol protocol) {
        return places.containsKey(protocol);
    }

    String of(WirePayload.Protocol protocol) {
        String place = places.get(protocol);
        if (place == null) {
            throw new IllegalArgumentException("the server does not serve " + protocol);
        }
        return place;
    }
}
