package org.keepwell.scenario

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject

/** Whether [actual] is as [expected] says; the rules are in `fixtures/scenarios/README.md`. */
fun fits(expected: JsonElement, actual: JsonElement?): Boolean = when {
    actual == null -> false
    expected is JsonObject && actual is JsonArray -> expected.all { (key, value) ->
        when (key) {
            "count" -> (value as JsonPrimitive).int == actual.size
            "first" -> fits(value, actual.firstOrNull())
            "has" -> actual.any { fits(value, it) }
            "lacks" -> actual.none { fits(value, it) }
            else -> error("an array has no $key")
        }
    }
    expected is JsonObject -> actual is JsonObject && expected.all { (key, value) -> fits(value, actual[key]) }
    expected is JsonArray ->
        actual is JsonArray && actual.size == expected.size && expected.indices.all { fits(expected[it], actual[it]) }
    else -> expected == actual
}

/** The part of a result at a path of names and positions; all of it at the empty path. */
fun JsonElement.at(path: String): JsonElement = path.split('.').filter { it.isNotEmpty() }.fold(this) { value, part ->
    val index = part.toIntOrNull()
    val found = if (index == null) value.jsonObject[part] else value.jsonArray.getOrNull(index)
    checkNotNull(found.takeUnless { it is JsonNull }) { "the result has no $path" }
}
