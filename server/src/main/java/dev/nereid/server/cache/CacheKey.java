package dev.nereid.server.cache;

/**
 * What two requests have in common that get the same answer: one load of one model version, and the SHA-256 of the rest.
 * All of it is compared, so that no client can make up a request that is answered with another's answer.
 *
 * @param owner the load, as {@link ResponseCache#newOwner} numbers them
 */
record CacheKey(long owner, long digest0, long digest1, long digest2, long digest3) {}
