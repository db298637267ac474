package dev.nereid.server.http;

import dev.nereid.server.protocol.BindAddress;
import io.helidon.http.HeaderNames;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which names a request may give in its Host header. A web page can have its own name resolved to this machine (DNS rebinding)
 * and is then of the same origin as the server, so that no other check sees it; its name stands in Host. Only names of public
 * DNS can be resolved so: addresses, names without a dot and names under a domain that is never public are always allowed.
 *
 * @param scope the requests that are checked
 * @param names further names that are allowed, in lower case; {@code *} for any
 */
public record AllowedHosts(Scope scope, Set<String> names) {
    /** The requests whose Host is checked. */
    public enum Scope {
        NONE,
        /** Those of web browsers to a loopback address: such a server is asked by clients under any name, as by a proxy. */
        BROWSERS_ON_LOOPBACK,
        ALL
    }

    /** Checks nothing. */
    public static final AllowedHosts ANY = new AllowedHosts(Scope.NONE, Set.of());

    private static final String ALL_NAMES = "*";

    /** Domains that public DNS never has: RFC 6761, RFC 6762, and ICANN's resolution 2024.07.29.06. */
    private static final List<String> PRIVATE_DOMAINS = List.of(".localhost", ".local", ".internal");

    private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final int MOST_TOLD = 200;

    public AllowedHosts {
        names = names.stream().map(AllowedHosts::withoutPort).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The check of a server: of all requests where it listens on loopback alone, or where names are given.
     *
     * @param address what the server listens on
     * @param names further names that are allowed
     */
    public static AllowedHosts of(String address, Collection<String> names) {
        if (names.contains(ALL_NAMES) || BindAddress.isUnixSocket(address)) { // which no web page can reach
            return ANY;
        }
        Scope scope = isLoopback(address) || !names.isEmpty() ? Scope.ALL : Scope.BROWSERS_ON_LOOPBACK;
        return new AllowedHosts(scope, Set.copyOf(names));
    }

    /** Whether only this machine reaches what listens on an address; false for a name that cannot be resolved. */
    public static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Why a request is refused; empty if it is not. */
    Optional<String> refusal(Exchange exchange) {
        if (!isChecked(exchange)) {
            return Optional.empty();
        }
        return exchange.header(HeaderNames.HOST)
                .filter(host -> !isAllowed(host))
                .map(host -> "the server is not known as '" + host.substring(0, Math.min(host.length(), MOST_TOLD))
                        + "': the header Host names an address, localhost, or a name that --http-allowed-host allows");
    }

    private boolean isChecked(Exchange exchange) {
        return switch (scope) {
            case NONE -> false;
            case ALL -> true;
            case BROWSERS_ON_LOOPBACK -> isLoopback(exchange.localAddress()) && isOfBrowser(exchange);
        };
    }

    private static boolean isLoopback(SocketAddress address) {
        return address instanceof InetSocketAddress socket
                && socket.getAddress() != null
                && socket.getAddress().isLoopbackAddress();
    }

    /** Only browsers send one of the first two; all of them send the third, which pages can change in some. */
    private static boolean isOfBrowser(Exchange exchange) {
        return exchange.header(HeaderNames.ORIGIN).isPresent()
                || exchange.header(Cors.FETCH_SITE).isPresent()
                || exchange.header(HeaderNames.USER_AGENT).orElse("").startsWith("Mozilla/");
    }

    private static String withoutPort(String host) {
        return PORT.matcher(host.strip().toLowerCase(Locale.ROOT)).replaceFirst("");
    }

    private boolean isAllowed(String host) {
        String name = withoutPort(host);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        boolean hasDomain = name.contains(".") || name.contains(":");
        return !hasDomain
                || ADDRESS.matcher(name).matches()
                || PRIVATE_DOMAINS.stream().anyMatch(name::endsWith)
                || names.contains(name);
    }
}
