package org.keepwell.app

import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeTimeoutException
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.junit4.ComposeTestRule
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode

/** What a person does with the app: looks for words, scrolls to them and presses. */
class Clicks(private val compose: ComposeTestRule, private val patience: Long = 5_000) {
    /** Waits until something says [text], or has it in what it says. */
    fun sees(text: String) = wait(text, isPart = true)

    /** Presses the first thing that says just [text], also where it has to be scrolled to. */
    fun press(text: String) {
        wait(text, isBelow = true)
        press(compose.onAllNodes(says(text)).onFirst())
    }

    /** Presses the last, which is the one of a dialog. */
    fun pressLast(text: String) {
        wait(text)
        press(compose.onAllNodes(says(text)).onLast())
    }

    /** Presses a picture that says [text] to a screen reader. */
    fun pressPicture(text: String) {
        compose.onNodeWithContentDescription(text).performClick()
    }

    /** Scrolls until [text] is on the screen. */
    fun scrollTo(text: String) {
        compose.onAllNodes(hasScrollAction()).onFirst().performScrollToNode(says(text))
    }

    /** The same for what has [text] in what it says. */
    fun scrollToPart(text: String) {
        wait(text, isPart = true, isBelow = true)
    }

    /** Enters a PIN and presses the button below the pad. */
    fun enterPin(pin: String, button: String) {
        pin.forEach { press(it.toString()) }
        press(button)
    }

    private fun wait(text: String, isPart: Boolean = false, isBelow: Boolean = false) = try {
        var looked = 0
        compose.waitUntil(patience) {
            // A list composes only what is on the screen. What loads needs a moment, and scrolling takes one.
            isThere(text, isPart) || isBelow && ++looked % LOOKS_BEFORE_SCROLLING == 0 && scrolls(text, isPart)
        }
    } catch (e: ComposeTimeoutException) {
        val said = compose.onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.Text)).fetchSemanticsNodes()
        throw AssertionError("nothing says '$text', but: " + said.map { it.config[SemanticsProperties.Text].joinToString() }, e)
    }

    private fun isThere(text: String, isPart: Boolean) = compose.onAllNodes(says(text, isPart)).fetchSemanticsNodes().isNotEmpty()

    /** Whether a list could be scrolled to where it says [text]. */
    private fun scrolls(text: String, isPart: Boolean): Boolean {
        val lists = compose.onAllNodes(hasScrollToNodeAction())
        if (lists.fetchSemanticsNodes().isEmpty()) return false
        return try {
            lists.onFirst().performScrollToNode(says(text, isPart))
            true
        } catch (_: AssertionError) {
            // It is not there either, or not yet.
            false
        }
    }

    /** By what is seen of a text: the marks that keep a name apart from its sentence have no shape. */
    private fun says(text: String, isPart: Boolean = false) = SemanticsMatcher("says '$text'") { node ->
        val said = node.config.getOrElse(SemanticsProperties.Text) { emptyList() } +
            listOfNotNull(node.config.getOrNull(SemanticsProperties.EditableText))
        said.map { it.text.replace(ISOLATES, "") }.any { if (isPart) text in it else text == it }
    }

    private fun press(node: SemanticsNodeInteraction) {
        if (node.fetchSemanticsNode().isInList) node.performScrollTo()
        node.performClick()
    }

    private val SemanticsNode.isInList: Boolean get() = generateSequence(parent) { it.parent }.any { SemanticsActions.ScrollBy in it.config }

    private companion object {
        const val LOOKS_BEFORE_SCROLLING = 20
        val ISOLATES = Regex("[\u2068\u2069]")
    }
}
