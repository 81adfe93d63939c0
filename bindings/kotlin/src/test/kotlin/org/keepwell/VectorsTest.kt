package org.keepwell

import kotlin.io.path.readText
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

class VectorsTest {
    @Test
    fun `every official example of recovery words is read and refused as published`() {
        fun read(name: String) = Json.parseToJsonElement(repository.resolve("fixtures/vectors/$name").readText())
        val examples = read("bip39.json").jsonObject.flatMap { (language, all) ->
            all.jsonArray.map { language to it.jsonArray[1].jsonPrimitive.content }
        } + read("bip39-japanese.json").jsonArray.map { "japanese" to it.jsonObject.getValue("mnemonic").jsonPrimitive.content }
        assertEquals(24 + 9 * 8 + 24, examples.size)
        for ((language, example) in examples) {
            // Read to the end, checksum and all: only then is it known what it is. Some words are in both Chinese lists.
            val refused = refusal(example)
            assertTrue(refused == WordsReason.TEST_SEED || language.startsWith("chinese") && refused == WordsReason.AMBIGUOUS_LANGUAGE, "$refused: $example")
            assertEquals(WordsReason.WORD_COUNT, refusal(example.split(' ', '\u3000').drop(1).joinToString(" ")))
        }
    }

    private fun refusal(text: String) = assertFailsWith<WalletException.WordsUnreadable> { RecoveryWords.parse(text.toByteArray()) }.reason
}
