package org.keepwell.wallet.screen

import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** A label on a record's page; the words are in the app's string tables. */
enum class FieldLabel {
    VALUE, RANGE, INTERPRETATION, STATUS, CLINICAL_STATUS, VERIFICATION, SEVERITY, DATE, STARTED, ENDED, RECORDED,
    DOSAGE, REACTION, REASON, PERFORMER, PLACE, BODY_SITE, NOTE, CONCLUSION, BIRTH_DATE, GENDER, CRITICALITY, QUANTITY, LOT,
}

/** One line of a record's page; numbers stand as they were written. */
data class Field(val label: FieldLabel, val value: String, val isDate: Boolean = false) {
    override fun toString() = "Field(..)"
}

/** What a FHIR R4 resource says in plain fields; what it has no field for is in the received text. */
data class RecordView(val type: String?, val title: String?, val fields: List<Field>) {
    override fun toString() = "RecordView(..)"

    companion object {
        /** Reads a resource; what is no JSON object has no title and no fields. */
        fun read(text: String): RecordView {
            val resource = try {
                Json.parseToJsonElement(text) as? JsonObject
            } catch (_: SerializationException) {
                null
            } ?: return RecordView(null, null, emptyList())
            return RecordView(resource.string("resourceType"), title(resource), fields(resource))
        }

        private val TITLES = listOf("code", "medicationCodeableConcept", "vaccineCode", "type", "serviceType", "category")

        private fun title(resource: JsonObject): String? =
            TITLES.firstNotNullOfOrNull { resource[it]?.let(::concept) }
                ?: resource["name"]?.let(::humanName)
                ?: resource.string("description")

        private fun fields(resource: JsonObject): List<Field> = buildList {
            fun add(label: FieldLabel, value: String?) {
                if (!value.isNullOrBlank()) add(Field(label, value))
            }
            fun date(label: FieldLabel, vararg names: String) {
                names.firstNotNullOfOrNull { name -> resource.string(name) }?.let { add(Field(label, it, isDate = true)) }
            }
            add(FieldLabel.VALUE, value(resource))
            resource.objects("component").forEach { part ->
                val name = part["code"]?.let(::concept)
                val measured = value(part)
                if (name != null && measured != null) add(FieldLabel.VALUE, "$name: $measured")
            }
            add(FieldLabel.RANGE, resource.objects("referenceRange").firstNotNullOfOrNull(::range))
            add(FieldLabel.INTERPRETATION, resource["interpretation"]?.let(::concept))
            add(FieldLabel.CLINICAL_STATUS, resource["clinicalStatus"]?.let(::concept))
            add(FieldLabel.STATUS, resource.string("status"))
            add(FieldLabel.VERIFICATION, resource["verificationStatus"]?.let(::concept))
            add(FieldLabel.CRITICALITY, resource.string("criticality"))
            add(FieldLabel.SEVERITY, resource["severity"]?.let(::concept))
            date(FieldLabel.DATE, "effectiveDateTime", "occurrenceDateTime", "performedDateTime", "date", "authoredOn", "created")
            listOf("effectivePeriod", "performedPeriod", "period").firstNotNullOfOrNull { resource[it] as? JsonObject }?.let { period ->
                period.string("start")?.let { add(Field(FieldLabel.STARTED, it, isDate = true)) }
                period.string("end")?.let { add(Field(FieldLabel.ENDED, it, isDate = true)) }
            }
            date(FieldLabel.STARTED, "onsetDateTime")
            date(FieldLabel.ENDED, "abatementDateTime")
            date(FieldLabel.RECORDED, "recordedDate", "issued")
            date(FieldLabel.BIRTH_DATE, "birthDate")
            add(FieldLabel.GENDER, resource.string("gender"))
            add(FieldLabel.DOSAGE, (resource.objects("dosageInstruction") + resource.objects("dosage")).firstNotNullOfOrNull { it.string("text") })
            add(FieldLabel.QUANTITY, (resource["doseQuantity"] as? JsonObject)?.let(::quantity))
            add(FieldLabel.LOT, resource.string("lotNumber"))
            add(FieldLabel.REACTION, resource.objects("reaction").mapNotNull { it["manifestation"]?.let(::concept) }.joinToString(", "))
            add(FieldLabel.REASON, (resource["reasonCode"] ?: resource["reason"])?.let(::concept))
            add(FieldLabel.BODY_SITE, resource["bodySite"]?.let(::concept))
            add(FieldLabel.PERFORMER, performer(resource))
            add(FieldLabel.PLACE, (resource["location"] as? JsonObject)?.string("display") ?: (resource["serviceProvider"] as? JsonObject)?.string("display"))
            add(FieldLabel.CONCLUSION, resource.string("conclusion"))
            resource.objects("note").forEach { add(FieldLabel.NOTE, it.string("text")) }
        }

        private fun value(of: JsonObject): String? =
            (of["valueQuantity"] as? JsonObject)?.let(::quantity)
                ?: of["valueCodeableConcept"]?.let(::concept)
                ?: listOf("valueString", "valueInteger", "valueBoolean", "valueDateTime").firstNotNullOfOrNull { name -> of.string(name) }

        /** The number as written: JSON's text and not a rounded number. */
        private fun quantity(quantity: JsonObject): String? {
            val number = quantity.string("value") ?: return null
            return listOfNotNull(quantity.string("comparator"), number, quantity.string("unit") ?: quantity.string("code")).joinToString(" ")
        }

        private fun range(range: JsonObject): String? = range.string("text")
            ?: listOfNotNull((range["low"] as? JsonObject)?.let(::quantity), (range["high"] as? JsonObject)?.let(::quantity))
                .takeIf { it.isNotEmpty() }?.joinToString(" – ")

        private fun concept(element: JsonElement): String? = when (element) {
            is JsonArray -> element.firstNotNullOfOrNull(::concept)
            is JsonObject -> element.string("text")
                ?: element.objects("coding").firstNotNullOfOrNull { it.string("display") }
                ?: element.objects("coding").firstNotNullOfOrNull { it.string("code") }
                ?: element.string("display")
            is JsonPrimitive -> null
        }

        private fun humanName(element: JsonElement): String? {
            val name = (element as? JsonArray)?.firstOrNull() as? JsonObject ?: return null
            name.string("text")?.let { return it }
            val given = (name["given"] as? JsonArray).orEmpty().mapNotNull { (it as? JsonPrimitive)?.content }
            return (given + listOfNotNull(name.string("family"))).joinToString(" ").takeIf { it.isNotBlank() }
        }

        private fun performer(resource: JsonObject): String? =
            (resource.objects("performer") + listOfNotNull(resource["recorder"], resource["requester"]).filterIsInstance<JsonObject>())
                .firstNotNullOfOrNull { it.string("display") ?: (it["actor"] as? JsonObject)?.string("display") }

        private fun JsonObject.string(name: String): String? = (this[name] as? JsonPrimitive)?.content?.takeIf { it != "null" }

        private fun JsonObject.objects(name: String): List<JsonObject> = (this[name] as? JsonArray).orEmpty().filterIsInstance<JsonObject>()
    }
}
