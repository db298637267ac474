package dev.nereid.server.access;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** Whom certificates name: the first URI among their alternative names, as SPIFFE has it, or else their common name. Any thread. */
final class CertificateNames {
    private static final int URI = 6;

    /** Clients that make new certificates for ever fill no memory. */
    private static final int MOST_KEPT = 1024;

    private final Map<X509Certificate, Principal> known = new ConcurrentHashMap<>();

    /** Whom it names; empty for nobody. */
    Optional<Principal> find(X509Certificate certificate) {
        Principal found = known.get(certificate);
        if (found != null) {
            return Optional.of(found);
        }
        Optional<Principal> named = uri(certificate)
                .or(() -> commonName(certificate))
                .filter(name -> !name.equals(Principal.ANONYMOUS.id()))
                .map(name -> new Principal(name, Set.of()));
        named.ifPresent(principal -> {
            if (known.size() >= MOST_KEPT) {
                known.clear();
            }
            known.put(certificate, principal);
        });
        return named;
    }

    private static Optional<String> uri(X509Certificate certificate) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
        return names == null
                ? Optional.empty()
                : names.stream()
                        .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                        .map(name -> String.valueOf(name.get(1)))
                        .findFirst();
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            List<Rdn> names = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
            return names.reversed().stream()
                    .filter(name -> name.getType().equalsIgnoreCase("CN"))
                    .map(name -> String.valueOf(name.getValue()))
                    .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
