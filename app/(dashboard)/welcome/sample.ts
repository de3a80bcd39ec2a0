/** A text to try everything with; written for this page. */
export const SAMPLE = `# What the ferry knows

The first ferry leaves at twenty past five, whether anybody is on it or not. For eleven years I took it to be alone, and for eleven years the same man stood at the rail and counted the buoys aloud, like a child who wants to be sure that nobody moved them in the night.

His name was Aksel and he was the pilot who had put them there. He did not trust the chart, he said, because the chart is made once, and sand is made every day. What he trusted was the colour of the water over the bank, and the way the bow wave sounds when there are less than four metres under it.

This is what he taught me about reading shallow water, in the order in which he taught it: first with the eyes, then with the ears, and last with the line that nobody throws any more.

## With the eyes

Stand with the light behind you and look for the edge where green turns to brown. The edge is never where the bank is; it is where the bank was when the tide last stood still. Draw a line from there to the nearest buoy and halve it. That is where a careful man turns.

On a grey day there is no edge. Then look at the birds: terns fish where the water is deep enough to dive into, gulls stand where it is not.

## With the ears

A bow wave in deep water hisses. Over four metres it begins to talk, and over two it shouts. Aksel would close his eyes between the third buoy and the fourth, and he was never wrong by more than the length of the boat.

## With the line

Lead, tallow, and a cord with leather at every second metre. What sticks to the tallow is the ground that you are over: shell, grey sand, or the black mud of the old channel, which means that you are safe and everybody else is in the wrong place.
`
