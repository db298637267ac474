/* A fake libnvidia-ml.so.1 with two cards that measure what a test tells them to. TESTS ONLY. */
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define CARDS 2

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6 };

struct card {
    unsigned busy;
    unsigned long long total;
    unsigned long long used;
    unsigned power;
    unsigned limit;
    unsigned long long energy;
};

static struct card cards[CARDS];
static int users;
static int lame;

/* What tests set: percent, bytes, milliwatts, millijoules. */
EXPORT void nereid_fake_nvml_set(int card, unsigned busy, unsigned long long total, unsigned long long used,
                                 unsigned power, unsigned limit, unsigned long long energy) {
    struct card all = {busy, total, used, power, limit, energy};
    cards[card] = all;
}

/* Whether cards refuse to say what they draw, as small ones do. */
EXPORT void nereid_fake_nvml_set_lame(int value) { lame = value; }

EXPORT int nereid_fake_nvml_users(void) { return users; }

EXPORT int nvmlInit_v2(void) {
    users++;
    return SUCCESS;
}

EXPORT int nvmlShutdown(void) {
    users--;
    return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char* address, struct card** handle) {
    int bus;
    if (users == 0) {
        return UNINITIALIZED;
    }
    if (sscanf(address, "0000:%02x:00.0", (unsigned*)&bus) != 1 || bus < 1 || bus > CARDS) {
        return NOT_FOUND;
    }
    *handle = &cards[bus - 1];
    return SUCCESS;
}

static int check(const struct card* card) {
    if (users == 0) {
        return UNINITIALIZED;
    }
    return card >= cards && card < cards + CARDS ? SUCCESS : INVALID_ARGUMENT;
}

EXPORT int nvmlDeviceGetUUID(struct card* card, char* uuid, unsigned length) {
    int state = check(card);
    if (state == SUCCESS) {
        snprintf(uuid, length, "GPU-00000000-0000-0000-0000-00000000000%d", (int)(card - cards));
    }
    return state;
}

EXPORT int nvmlDeviceGetUtilizationRates(struct card* card, unsigned* rates) {
    int state = check(card);
    if (state == SUCCESS) {
        rates[0] = card->busy;
        rates[1] = 99;
    }
    return state;
}

EXPORT int nvmlDeviceGetMemoryInfo(struct card* card, unsigned long long* bytes) {
    int state = check(card);
    if (state == SUCCESS) {
        bytes[0] = card->total;
        bytes[1] = card->total - card->used;
        bytes[2] = card->used;
    }
    return state;
}

static int measured(const struct card* card) {
    int state = check(card);
    return state == SUCCESS && lame ? NOT_SUPPORTED : state;
}

EXPORT int nvmlDeviceGetPowerUsage(struct card* card, unsigned* milliwatts) {
    int state = measured(card);
    if (state == SUCCESS) {
        *milliwatts = card->power;
    }
    return state;
}

EXPORT int nvmlDeviceGetPowerManagementLimit(struct card* card, unsigned* milliwatts) {
    int state = measured(card);
    if (state == SUCCESS) {
        *milliwatts = card->limit;
    }
    return state;
}

EXPORT int nvmlDeviceGetTotalEnergyConsumption(struct card* card, unsigned long long* millijoules) {
    int state = measured(card);
    if (state == SUCCESS) {
        *millijoules = card->energy;
    }
    return state;
}
