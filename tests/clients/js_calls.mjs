// Every task method of @huggingface/inference, called once; runs beside the client's own node_modules.
//
// Usage: node js_calls.mjs LIBRARY GATEWAY IMAGE SOUND TABLE [TASK …]. Each call is a line of JSON: its name, how
// it was made, and what went wrong, if anything did.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , library, gateway, image, sound, table, ...tasks] = process.argv;
const resolved = createRequire(library + "/").resolve("@huggingface/inference");
const { InferenceClient, HfInference } = await import(pathToFileURL(resolved).href);
const picture = () => new Blob([readFileSync(image)], { type: "image/png" });
const speech = () => new Blob([readFileSync(sound)], { type: "audio/wav" });
const messages = [{ role: "user", content: "Hello" }];
const rain = { type: "object", properties: { rain: { type: "boolean" } }, required: ["rain"] };
const tools = [{ type: "function", function: { name: "tell", parameters: rain } }];
const tellsOfRain = (told) => typeof JSON.parse(told).rain === "boolean";
const labelled = (found) => typeof found[0].label === "string" && typeof found[0].score === "number";
const isBlob = (found) => found instanceof Blob || typeof found === "string";

const CALLS = [
  ["featureExtraction", "feature-extraction", { inputs: "Hello there" }, (found) => Array.isArray(found)],
  ["sentenceSimilarity", "sentence-similarity",
    { inputs: { source_sentence: "A cat", sentences: ["A kitten", "Stocks"] } }, (found) => found.length === 2],
  ["textClassification", "text-classification", { inputs: "I like this" }, labelled],
  ["zeroShotClassification", "zero-shot-classification",
    { inputs: ["I was charged twice"], parameters: { candidate_labels: ["refund", "praise"] } },
    (found) => Array.isArray(found)],
  ["tokenClassification", "token-classification", { inputs: "Anna lives in Rome" }, (found) => Array.isArray(found)],
  ["fillMask", "fill-mask", { inputs: "a [MASK] day" }, (found) => typeof found[0].token_str === "string"],
  ["questionAnswering", "question-answering", { inputs: { question: "Who?", context: "Anna lives in Rome" } },
    (found) => typeof found.answer === "string"],
  ["tableQuestionAnswering", "table-question-answering",
    { inputs: { query: "How many stars?", table: { name: ["moon", "sun"], stars: ["3", "5"] } } },
    (found) => typeof found.aggregator === "string"],
  ["summarization", "summarization", { inputs: "The tower is 324 metres tall." },
    (found) => typeof found.summary_text === "string"],
  ["translation", "translation", { inputs: "Hello" }, (found) => typeof found.translation_text === "string"],
  ["textGeneration", "text-generation", { inputs: "Once", parameters: { max_new_tokens: 5 } },
    (found) => typeof found.generated_text === "string"],
  ["textGenerationStream", "text-generation", { inputs: "Once", parameters: { max_new_tokens: 5 } },
    (parts) => parts.length > 0],
  ["chatCompletion", "text-generation", { messages, max_tokens: 5 },
    (found) => typeof found.choices[0].message.content === "string"],
  ["chatCompletionStream", "text-generation", { messages, max_tokens: 5 }, (parts) => parts.length > 0],
  ["chatCompletion", "text-generation", { messages, tools, tool_choice: "required", max_tokens: 80 },
    (found) => tellsOfRain(found.choices[0].message.tool_calls[0].function.arguments), "tools"],
  ["chatCompletionStream", "text-generation", { messages, tools, tool_choice: "required", max_tokens: 80 },
    (parts) => tellsOfRain(parts.flatMap((part) => part.choices[0].delta.tool_calls ?? [])
      .map((call) => call.function.arguments).join("")), "tools"],
  ["chatCompletion", "text-generation",
    { messages, max_tokens: 80, response_format: { type: "json_object", value: rain } },
    (found) => tellsOfRain(found.choices[0].message.content), "response_format"],
  ["textGeneration", "text-generation",
    { inputs: "Once", parameters: { grammar: { type: "regex", value: "yes|no" }, return_full_text: false } },
    (found) => ["yes", "no"].includes(found.generated_text), "grammar"],
  ["imageClassification", "image-classification", { data: picture() }, labelled],
  ["objectDetection", "object-detection", { data: picture() }, (found) => Array.isArray(found)],
  ["imageSegmentation", "image-segmentation", { inputs: picture(), data: picture() },
    (found) => typeof found[0].mask === "string"],
  ["zeroShotImageClassification", "zero-shot-image-classification",
    { inputs: { image: picture() }, parameters: { candidate_labels: ["cat", "dog"] } }, labelled],
  ["imageToText", "image-to-text", { data: picture() }, (found) => typeof found.generated_text === "string"],
  ["visualQuestionAnswering", "visual-question-answering",
    { inputs: { question: "What is it?", image: picture() } }, (found) => typeof found.answer === "string"],
  ["documentQuestionAnswering", "document-question-answering",
    { inputs: { question: "What is it?", image: picture() } }, (found) => typeof found.answer === "string"],
  ["imageToImage", "image-to-image", { inputs: picture(), parameters: { prompt: "a cat" } }, isBlob],
  ["textToImage", "text-to-image", { inputs: "a cat", parameters: { num_inference_steps: 2 } }, isBlob],
  ["automaticSpeechRecognition", "automatic-speech-recognition", { data: speech() },
    (found) => typeof found.text === "string"],
  ["audioClassification", "audio-classification", { data: speech() }, labelled],
  ["textToSpeech", "text-to-speech", { inputs: "hello" }, isBlob],
  ["audioToAudio", "audio-to-audio", { data: speech() }, (found) => typeof found[0].blob === "string"],
  ["tabularClassification", "tabular-classification", { inputs: { data: JSON.parse(table) } },
    (found) => typeof found[0] === "number"],
  ["tabularRegression", "tabular-regression", { inputs: { data: JSON.parse(table) } },
    (found) => typeof found[0] === "number"],
];

async function answered(method, task, options) {
  const url = `${gateway}/models/tiny/${task}`;
  const found = library.endsWith("2.8.1")
    ? new HfInference()[method]({ model: url, ...options })
    : new InferenceClient()[method]({ endpointUrl: url, ...options });
  if (!method.endsWith("Stream")) return found;
  const parts = [];
  for await (const part of found) parts.push(part);
  return parts;
}

for (const [method, task, options, check, what] of CALLS) {
  if (!tasks.includes(task)) continue;
  let problem = "";
  try {
    const found = await answered(method, task, options);
    if (!check(found)) problem = `unexpected answer: ${JSON.stringify(found)}`.slice(0, 500);
  } catch (error) {
    problem = `${error.name}: ${error.message}`.slice(0, 500);
  }
  const call = what ? `${method} ${what}` : method;
  console.log(JSON.stringify({ call, task, how: "url", problem }));
}
