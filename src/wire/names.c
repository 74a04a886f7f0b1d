/* SPDX-License-Identifier: MIT */
#include "wire/names.h"

#include <stddef.h>

#include "wire/wire.h"

struct name {
    uint16_t number;
    const char *text;
};

static const struct name chunk_names[] = {
    {SCTPXI_CHUNK_DATA, "DATA"},
    {SCTPXI_CHUNK_INIT, "INIT"},
    {SCTPXI_CHUNK_INIT_ACK, "INIT ACK"},
    {SCTPXI_CHUNK_SACK, "SACK"},
    {SCTPXI_CHUNK_HEARTBEAT, "HEARTBEAT"},
    {SCTPXI_CHUNK_HEARTBEAT_ACK, "HEARTBEAT ACK"},
    {SCTPXI_CHUNK_ABORT, "ABORT"},
    {SCTPXI_CHUNK_SHUTDOWN, "SHUTDOWN"},
    {SCTPXI_CHUNK_SHUTDOWN_ACK, "SHUTDOWN ACK"},
    {SCTPXI_CHUNK_ERROR, "ERROR"},
    {SCTPXI_CHUNK_COOKIE_ECHO, "COOKIE ECHO"},
    {SCTPXI_CHUNK_COOKIE_ACK, "COOKIE ACK"},
    {SCTPXI_CHUNK_ECNE, "ECNE"},
    {SCTPXI_CHUNK_CWR, "CWR"},
    {SCTPXI_CHUNK_SHUTDOWN_COMPLETE, "SHUTDOWN COMPLETE"},
    {SCTPXI_CHUNK_AUTH, "AUTH"},
    {SCTPXI_CHUNK_NR_SACK, "NR-SACK"},
    {SCTPXI_CHUNK_I_DATA, "I-DATA"},
    {SCTPXI_CHUNK_ASCONF_ACK, "ASCONF-ACK"},
    {SCTPXI_CHUNK_RE_CONFIG, "RE-CONFIG"},
    {SCTPXI_CHUNK_PAD, "PAD"},
    {SCTPXI_CHUNK_FORWARD_TSN, "FORWARD-TSN"},
    {SCTPXI_CHUNK_ASCONF, "ASCONF"},
    {SCTPXI_CHUNK_I_FORWARD_TSN, "I-FORWARD-TSN"},
};

static const struct name param_names[] = {
    {SCTPXI_PARAM_HEARTBEAT_INFO, "Heartbeat Info"},
    {SCTPXI_PARAM_IPV4, "IPv4 Address"},
    {SCTPXI_PARAM_IPV6, "IPv6 Address"},
    {SCTPXI_PARAM_STATE_COOKIE, "State Cookie"},
    {SCTPXI_PARAM_UNRECOGNIZED, "Unrecognized Parameter"},
    {SCTPXI_PARAM_COOKIE_PRESERVATIVE, "Cookie Preservative"},
    {SCTPXI_PARAM_HOST_NAME, "Host Name Address"},
    {SCTPXI_PARAM_SUPPORTED_ADDR_TYPES, "Supported Address Types"},
    {SCTPXI_PARAM_OUT_SSN_RESET, "Outgoing SSN Reset Request"},
    {SCTPXI_PARAM_IN_SSN_RESET, "Incoming SSN Reset Request"},
    {SCTPXI_PARAM_SSN_TSN_RESET, "SSN/TSN Reset Request"},
    {SCTPXI_PARAM_RECONFIG_RESPONSE, "Re-configuration Response"},
    {SCTPXI_PARAM_ADD_OUT_STREAMS, "Add Outgoing Streams Request"},
    {SCTPXI_PARAM_ADD_IN_STREAMS, "Add Incoming Streams Request"},
    {SCTPXI_PARAM_ECN_CAPABLE, "ECN Capable"},
    {SCTPXI_PARAM_ZERO_CHECKSUM, "Zero Checksum Acceptable"},
    {SCTPXI_PARAM_RANDOM, "Random"},
    {SCTPXI_PARAM_CHUNKS, "Chunk List"},
    {SCTPXI_PARAM_HMAC_ALGO, "Requested HMAC Algorithm"},
    {SCTPXI_PARAM_PAD, "Padding"},
    {SCTPXI_PARAM_SUPPORTED_EXTENSIONS, "Supported Extensions"},
    {SCTPXI_PARAM_FORWARD_TSN_SUPPORTED, "Forward-TSN-Supported"},
    {SCTPXI_PARAM_ADD_IP, "Add IP Address"},
    {SCTPXI_PARAM_DELETE_IP, "Delete IP Address"},
    {SCTPXI_PARAM_ERROR_CAUSE, "Error Cause Indication"},
    {SCTPXI_PARAM_SET_PRIMARY, "Set Primary Address"},
    {SCTPXI_PARAM_SUCCESS, "Success Indication"},
    {SCTPXI_PARAM_ADAPTATION, "Adaptation Layer Indication"},
};

static const struct name cause_names[] = {
    {SCTPXI_CAUSE_INVALID_STREAM, "Invalid Stream Identifier"},
    {SCTPXI_CAUSE_MISSING_PARAM, "Missing Mandatory Parameter"},
    {SCTPXI_CAUSE_STALE_COOKIE, "Stale Cookie"},
    {SCTPXI_CAUSE_OUT_OF_RESOURCE, "Out of Resource"},
    {SCTPXI_CAUSE_UNRESOLVABLE_ADDR, "Unresolvable Address"},
    {SCTPXI_CAUSE_UNRECOGNIZED_CHUNK, "Unrecognized Chunk Type"},
    {SCTPXI_CAUSE_INVALID_PARAM, "Invalid Mandatory Parameter"},
    {SCTPXI_CAUSE_UNRECOGNIZED_PARAMS, "Unrecognized Parameters"},
    {SCTPXI_CAUSE_NO_USER_DATA, "No User Data"},
    {SCTPXI_CAUSE_COOKIE_IN_SHUTDOWN, "Cookie Received While Shutting Down"},
    {SCTPXI_CAUSE_RESTART_NEW_ADDRS, "Restart of an Association with New Addresses"},
    {SCTPXI_CAUSE_USER_ABORT, "User-Initiated Abort"},
    {SCTPXI_CAUSE_PROTOCOL_VIOLATION, "Protocol Violation"},
    {SCTPXI_CAUSE_DELETE_LAST_IP, "Request to Delete Last Remaining IP Address"},
    {SCTPXI_CAUSE_ASCONF_RESOURCE, "Operation Refused Due to Resource Shortage"},
    {SCTPXI_CAUSE_DELETE_SOURCE_IP, "Request to Delete Source IP Address"},
    {SCTPXI_CAUSE_ILLEGAL_ASCONF_ACK, "Association Aborted Due to Illegal ASCONF-ACK"},
    {SCTPXI_CAUSE_NO_AUTHORIZATION, "Request Refused - No Authorization"},
    {SCTPXI_CAUSE_UNSUPPORTED_HMAC, "Unsupported HMAC Identifier"},
};

static const char *find(const struct name *names, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].text;
    return "unknown";
}

const char *sctpxi_chunk_name(uint8_t type)
{
    return find(chunk_names, sizeof chunk_names / sizeof chunk_names[0], type);
}

const char *sctpxi_param_name(uint16_t type)
{
    return find(param_names, sizeof param_names / sizeof param_names[0], type);
}

const char *sctpxi_cause_name(uint16_t code)
{
    return find(cause_names, sizeof cause_names / sizeof cause_names[0], code);
}
