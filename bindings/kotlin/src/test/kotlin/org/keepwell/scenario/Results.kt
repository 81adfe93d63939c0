package org.keepwell.scenario

import java.time.Duration
import java.time.Instant
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.keepwell.Activity
import org.keepwell.AnchorFingerprint
import org.keepwell.Attachment
import org.keepwell.AuditExportReport
import org.keepwell.AuditedEvent
import org.keepwell.ChartFact
import org.keepwell.ChartValue
import org.keepwell.ConnectionOffer
import org.keepwell.Cursor
import org.keepwell.Decision
import org.keepwell.DeliveryId
import org.keepwell.GrantId
import org.keepwell.GrantView
import org.keepwell.ImportOutcome
import org.keepwell.LinkId
import org.keepwell.Notice
import org.keepwell.PreviewedRecord
import org.keepwell.ProviderId
import org.keepwell.Quarantine
import org.keepwell.QuarantineId
import org.keepwell.ReadReceipt
import org.keepwell.RecordId
import org.keepwell.RecordView
import org.keepwell.RequestId
import org.keepwell.RequestProof
import org.keepwell.SharedFile
import org.keepwell.SourceId
import org.keepwell.SourceOutcome
import org.keepwell.TypedWord
import org.keepwell.TypedWordState

/** A result as scenarios write it: members by their names, enum values by theirs, times left out. */
fun told(value: Any?): JsonElement = when (value) {
    null, Unit -> JsonNull
    is JsonElement -> value
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is UInt -> JsonPrimitive(value.toLong())
    is ULong -> JsonPrimitive(value.toLong())
    is GrantId, is ProviderId, is RecordId, is DeliveryId, is QuarantineId, is LinkId, is RequestId, is SourceId, is Cursor, is AnchorFingerprint -> JsonPrimitive("$value")
    is Enum<*> -> JsonPrimitive(lowerCamel(value.name))
    is Duration -> JsonPrimitive(value.seconds)
    is List<*> -> JsonArray(value.map(::told))
    is ConnectionOffer -> members(value) + ("ledgerUrl" to JsonPrimitive(value.servers.ledgerUrl)) + ("hostUrl" to JsonPrimitive(value.servers.hostUrl))
    is GrantView -> members(value) + ("match" to JsonPrimitive(value.matchCode))
    is Activity -> members(value.event) + ("event" to variant(value.event))
    is AuditedEvent.Happened -> members(value.activity.event) + ("event" to variant(value.activity.event)) + ("membership" to told(value.membership))
    is AuditedEvent.Unshown -> members(value.v1)
    is AuditExportReport -> JsonObject(
        mapOf("events" to told(value.events), "isOwnOnly" to told(value.isOwnOnly), "logs" to told(value.logs)),
    )
    is ImportOutcome -> members(value) + ("outcome" to variant(value))
    is SourceOutcome -> members(value) + ("outcome" to variant(value))
    is Notice -> members(value) + ("notice" to variant(value))
    is Quarantine -> variant(value)
    is RequestProof -> variant(value)
    is ReadReceipt -> variant(value)
    is PreviewedRecord -> when (val decision = value.decision) {
        is Decision.Allow -> JsonObject(mapOf("decision" to JsonPrimitive("allow"), "reason" to told(decision.v1)))
        is Decision.Deny -> JsonObject(mapOf("decision" to JsonPrimitive("deny"), "reason" to told(decision.v1)))
    } + ("record" to told(value.record))
    is TypedWord -> JsonObject(
        mapOf("position" to told(value.position), "text" to told(value.text.decodeToString()), "state" to variant(value.state)),
    ) + ("words" to told(value.state.let { (it as? TypedWordState.Begun)?.completions ?: (it as? TypedWordState.Unknown)?.suggestions.orEmpty() }))
    is Attachment -> JsonObject(
        mapOf("contentType" to told(value.contentType), "title" to told(value.title), "text" to told(value.bytes.decodeToString())),
    )
    is SharedFile -> JsonObject(
        mapOf("contentType" to told(value.contentType), "content" to Json.parseToJsonElement(value.content.decodeToString())),
    )
    is RecordView -> JsonObject(members(value) - "view" + members(value.view)) + ("fields" to told(value.view.fields.listed)) +
        ("moreFields" to told(value.view.fields.more))
    is ChartFact -> JsonObject(mapOf("label" to told(value.label), "lines" to told(value.lines.map { it.value })))
    is ChartValue.Text -> JsonPrimitive(value.text)
    is ChartValue.Truth -> JsonPrimitive(value.holds)
    is ChartValue.Time -> told(value.`when`)
    is ChartValue.Curve -> JsonObject(mapOf("curve" to JsonPrimitive(true)))
    is ChartValue.Absent -> JsonObject(mapOf("absent" to JsonPrimitive(value.reason)))
    else -> members(value)
}

private fun members(value: Any): JsonObject {
    val fields = value.javaClass.declaredFields.filterNot { java.lang.reflect.Modifier.isStatic(it.modifiers) || it.type == Instant::class.java }
    return JsonObject(
        fields.associate { field ->
            field.isAccessible = true
            // An unsigned number that may be absent is boxed as itself; one that may not is a plain field.
            val content = field.get(value)
            field.name to if (content is Number) JsonPrimitive(content) else told(content)
        },
    )
}

private operator fun JsonObject.plus(member: Pair<String, JsonElement>) = JsonObject(toMap() + member)

private fun variant(value: Any) = JsonPrimitive(value.javaClass.simpleName.replaceFirstChar(Char::lowercase))

private fun lowerCamel(name: String) =
    name.split('_').joinToString("") { it.lowercase().replaceFirstChar(Char::uppercase) }.replaceFirstChar(Char::lowercase)

/** The enum's value that a scenario calls by this name. */
inline fun <reified T : Enum<T>> named(name: String): T =
    enumValues<T>().first { it.name.replace("_", "").equals(name, ignoreCase = true) }
